"""What has to hold after each `kill -9`: pure functions over what was recorded, that return what does not.

Each returns sentences with the ids in them, and none when all is well.
"""
