"""What user code holds while it is recorded: storages, views, stand-ins."""
