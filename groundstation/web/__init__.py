"""The web: what lies on the outbox enters; answers leave to whoever may have them, and nothing else can."""
