"""Text that means something to a program which reads it further on."""

MEMBERS = (
    # Terraform: expressions, directives, and what stands for their beginnings
    '${file("/etc/passwd")}',
    "${path.module}",
    "%{ for each in [1, 2] }x%{ endfor }",
    "%{ if true }x%{ endif }",
    "$${",
    "%%{",
    "$",
    # CloudFormation's dynamic references, and other templates
    "{{resolve:ssm:/asset-manager/DAGSTER_PG_PASSWORD}}",
    "{{resolve:secretsmanager:other:SecretString}}",
    "{{ x }}",
    "<task>",
    # a shell, SQL
    "`id`",
    "$(id)",
    "; id",
    "'; DROP TABLE x; --",
    # what ends a line or a string
    "\n",
    "a\nb",
    "\r",
    "\0",
    "\u2028",
    "\u0085",
    '"',
    "\\",
    # digits and letters of which AWS knows nothing
    "\uff11",
    "\u00e9",
)
PATHS = ("../..", "/../", "http://169.254.169.254/")
