"""What people put right in a conversation."""
