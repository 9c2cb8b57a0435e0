"""STS: ours from end to end, because moto's gives credentials to anybody for anything."""
