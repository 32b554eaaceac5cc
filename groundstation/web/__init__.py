"""The web on loopback: what lies on the outbox enters; HTTP and WebSocket answers leave, nothing else can."""
