"""The station: settings, links and what the gates let through enter; web pages, reports and files leave."""
