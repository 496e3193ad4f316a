"""What holds for webhooks: pure."""
