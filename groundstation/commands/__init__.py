"""One module a command of the console script: arguments enter, an exit status and one JSON document leave."""
