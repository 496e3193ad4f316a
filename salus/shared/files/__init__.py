"""Files that people bring and get: encrypted under the key of whom they belong to, kept by a store of bytes."""
