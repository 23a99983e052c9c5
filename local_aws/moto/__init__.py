"""What moto lacks, a file per AWS service."""
