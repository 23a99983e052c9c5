"""The local AWS: moto's server, an ECS whose tasks are processes, a load balancer, Postgres, a stand-in of Snowflake.

`moto` holds what moto lacks, `ecs` the agent and the scheduler, `balancer` what an ALB does, `door` who may ask,
`postgres` the database server.
"""
