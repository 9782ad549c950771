"""What stands where mail would arrive: a page for people and a listing for scripts."""
