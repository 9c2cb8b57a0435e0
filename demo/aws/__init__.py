"""The local AWS: moto's S3, IAM and Organizations behind a front that enforces what moto leaves out."""
