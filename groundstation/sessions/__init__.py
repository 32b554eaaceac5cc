"""Who is at the station: users and roles in, an open session or a refusal out; no password is kept, none is logged."""
