"""The same as javascript/list.mjs, by boto3: ``python list.py ENDPOINT BUCKET``."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint, bucket = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint)
listed = s3.list_objects_v2(Bucket=bucket)
refused = ""
try:
    s3.put_object(Bucket=bucket, Key="note", Body=b"no")
except ClientError as error:
    refused = error.response["Error"]["Code"]
sys.stdout.write(json.dumps({"objects": listed["KeyCount"], "refused": refused}))
