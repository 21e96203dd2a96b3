"""A Service Bus emulator: AMQP 1.0 for the real SDK, the semantics of queues, faults on demand."""

from devstack.servicebus.config import ConfigError, NamespaceConfig, QueueSettings, read_config
from devstack.servicebus.emulator import ServiceBusEmulator

__all__ = [
    "ConfigError",
    "NamespaceConfig",
    "QueueSettings",
    "ServiceBusEmulator",
    "read_config",
]
