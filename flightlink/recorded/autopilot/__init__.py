"""Logs that autopilots write on board (PX4 ULog, ArduPilot DataFlash): readings enter, camera poses leave."""
