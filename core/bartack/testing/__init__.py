"""What ships to connector authors and testers: a server that misbehaves on purpose."""
