@_exported import Guest
@_exported import Values

@_exported import struct Definition.Problem
