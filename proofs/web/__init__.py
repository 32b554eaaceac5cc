"""The web under load and in a browser: many clients at once, and a real Chromium that is measured from outside."""
