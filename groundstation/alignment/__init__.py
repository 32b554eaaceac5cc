"""An operator's tie points enter, as JSON or in a file; a camera's alignment with its residuals leaves and is kept."""
