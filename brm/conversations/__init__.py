"""What people say and keep beside every record: comments, files, and who follows it."""
