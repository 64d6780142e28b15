/// What is on the disk for sure, and what the machine still holds in memory.
///
/// Theory. A write is in the page cache until its file is synced. Up to then the kernel may have written it,
/// not written it, or written some of its sectors, whatever became of the writes before and after it. A name is
/// durable when its folder is synced. Bytes outside of a write are never harmed by it: SQLite builds on that
/// (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, its default on Unix), and so does this model.
struct Platter {
    private var durable = DiskContent()
    /// In order.
    private(set) var pending: [DiskOperation] = []

    init() {}

    /// A disk on which all is durable.
    init(_ content: DiskContent) { durable = DiskContent(copying: content) }

    /// A checkpoint is under way: unlike a journal the database has content that must not be harmed.
    var isWritingDatabase: Bool {
        pending.contains {
            guard case .write(let file, _, _) = $0 else { return false }
            return durable.names.contains { $0.value == file && $0.key.hasSuffix(".db") }
        }
    }

    /// The next operation of the process.
    mutating func take(_ operation: DiskOperation) {
        switch operation {
        case .write, .truncate, .link, .unlink: pending.append(operation)
        case .sync(let file): settle { $0.file == file }
        case .syncDirectory: settle { $0.isName }
        case .failedSync(let file): pending.removeAll { $0.file == file }
        }
    }

    private mutating func settle(_ isSynced: (DiskOperation) -> Bool) {
        for operation in pending where isSynced(operation) { durable.apply(operation) }
        pending.removeAll(where: isSynced)
    }

    /// What is there for sure.
    var synced: DiskContent { DiskContent(copying: durable) }

    /// The power fails now.
    func image(_ random: inout SeededRandom) -> DiskImage {
        var image = DiskImage(content: DiskContent(copying: durable))
        let loss = Loss(&random)
        for operation in pending {
            switch loss.fate(of: operation, &random) {
            case .kept: image.content.apply(operation)
            case .lost: image.lost += 1
            case .torn(let sector): image.tear(operation, sector, &random)
            }
        }
        return image
    }
}

/// A disk after the power has failed.
struct DiskImage {
    var content: DiskContent
    /// Operations of which nothing is left.
    var lost = 0
    /// Writes of which some sectors are left.
    var torn = 0

    fileprivate mutating func tear(
        _ operation: DiskOperation, _ sector: Int, _ random: inout SeededRandom
    ) {
        guard case .write(let id, let offset, let bytes) = operation, !bytes.isEmpty else { return }
        let file = content.made(id)
        // The file's new length may be there without the data.
        if random.chance(300), offset + bytes.count > file.count {
            file.resize(to: offset + bytes.count)
        }
        var kept = 0
        var start = offset
        let end = offset + bytes.count
        while start < end {
            let next = min((start / sector + 1) * sector, end)
            if random.chance(500) {
                bytes.withUnsafeBytes {
                    file.write(
                        UnsafeRawBufferPointer(rebasing: $0[(start - offset)..<(next - offset)]),
                        at: start)
                }
                kept += next - start
            }
            start = next
        }
        switch kept {
        case 0: lost += 1
        case bytes.count: break
        default: torn += 1
        }
    }
}

/// How the disk behaves in one failure of the power.
private struct Loss {
    enum Fate {
        case kept
        case lost
        case torn(sector: Int)
    }

    /// In a thousand.
    private let lost: Int
    private let torn: Int
    private let sector: Int

    init(_ random: inout SeededRandom) {
        lost = random.pick([0, 50, 300, 500, 800, 950, 1000]) ?? 500
        torn = random.pick([0, 100, 500, 1000]) ?? 0
        sector = random.chance(500) ? 512 : 4096
    }

    func fate(of operation: DiskOperation, _ random: inout SeededRandom) -> Fate {
        if random.chance(lost) { return .lost }
        if case .write = operation, random.chance(torn) { return .torn(sector: sector) }
        return .kept
    }
}
