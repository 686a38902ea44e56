"""A vendor's spend report as CSV, invented, and the mapping that reads it."""

SECRET = "zebra-canary-7d2f"
DANA = "dana@corp.example"
MAPPING = """
semantics = "statement"
input_includes_cache = true
[columns]
identity = "User"
day = "Day"
model = "Model"
input_tokens = "In"
cache_read_tokens = "Cached"
output_tokens = "Out"
"""
CSV = f"Day,User,Model,In,Cached,Out,Note\n2026-10-01,{DANA},gpt-5.5,1000,900,50,{SECRET}\n"
