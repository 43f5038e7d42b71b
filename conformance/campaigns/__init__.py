"""Campaigns: long runs over many processes, cut into shards, which nothing but the shards under way can be lost of."""
