"""What people may do with places. Each act is one transaction that first takes the lock of its session, or of its sessions in order."""
