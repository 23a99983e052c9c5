"""The local AWS: moto's server, an ECS whose tasks are processes, a load balancer, Postgres, a stand-in of Snowflake.

It imports nothing of this repository; README.md says how to use it alone. `emulator` starts and stops it, `saved` keeps
what it holds, `config` is what a caller gives it. Imports point one way: balancer <- ecs <- moto <- door, and each may
import the modules beside this one.
"""
