"""The SES v2 wire protocol: REST-JSON, one controller a noun."""
