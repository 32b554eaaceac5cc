"""The browser app: plain ES modules and styles, served as they lie here; no build step, no outside address."""
