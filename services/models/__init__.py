from .offering import ServiceOffering
from .service import Service, ServiceInterval, ServiceKind, ServiceStatus

__all__ = ["Service", "ServiceInterval", "ServiceKind", "ServiceOffering", "ServiceStatus"]
