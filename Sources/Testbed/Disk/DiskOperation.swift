/// What a process did to a disk, in the order in which it did it. Files are inodes: a name may be given to
/// another one.
enum DiskOperation {
    case write(file: Int, offset: Int, bytes: [UInt8])
    case truncate(file: Int, size: Int)
    case link(name: String, file: Int)
    case unlink(name: String)
    /// All that was written to the file before is on the platter.
    case sync(file: Int)
    /// The kernel could not write the file's dirty pages and has forgotten that they are dirty: no later sync
    /// writes them.
    case failedSync(file: Int)
    case syncDirectory

    var file: Int? {
        switch self {
        case .write(let file, _, _), .truncate(let file, _), .sync(let file),
            .failedSync(let file):
            file
        case .link, .unlink, .syncDirectory: nil
        }
    }

    var isName: Bool {
        switch self {
        case .link, .unlink: true
        case .write, .truncate, .sync, .failedSync, .syncDirectory: false
        }
    }
}

/// Files and their names.
struct DiskContent {
    var files: [Int: FileBytes] = [:]
    var names: [String: Int] = [:]

    init() {}

    init(copying other: DiskContent) {
        files = other.files.mapValues { FileBytes(copying: $0) }
        names = other.names
    }

    func file(_ id: Int) -> FileBytes? { files[id] }

    mutating func apply(_ operation: DiskOperation) {
        switch operation {
        case .write(let id, let offset, let bytes):
            bytes.withUnsafeBytes { made(id).write($0, at: offset) }
        case .truncate(let id, let size): made(id).resize(to: size)
        case .link(let name, let id):
            names[name] = id
            _ = made(id)
        case .unlink(let name): names[name] = nil
        case .sync, .failedSync, .syncDirectory: break
        }
    }

    mutating func made(_ id: Int) -> FileBytes {
        if let file = files[id] { return file }
        let file = FileBytes()
        files[id] = file
        return file
    }

    /// By name alone, as a process that starts finds it.
    var named: [String: FileBytes] { names.compactMapValues { files[$0] } }
}
