"""Webhooks of providers: a verified delivery wakes the poller, and nothing of what it says is believed."""
