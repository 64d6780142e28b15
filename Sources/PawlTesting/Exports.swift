@_exported import Pawl
