import Access
import Adapters
import Alerts
import Definition
import Encryption
import Engine
import Execution
import Glibc
import Logging
import Sabotage
import Synchronization
import Values

/// Tells others of the audit's end, again and again, so that whoever holds the database can neither cut its tail nor write it
/// anew unseen. What fails is tried again at the next moment; nothing waits for it.
package final class Anchorer: Sendable {
    private let engine: Engine
    private let configuration: AuditConfiguration.Anchoring
    private let key: SigningKey
    private let namespace: String
    private let logger: Logger
    /// The row that was told of last, by whom.
    private let told = Mutex((file: Int64(0), receiver: Int64(0)))

    package init(
        _ engine: Engine, _ configuration: AuditConfiguration.Anchoring, _ key: SigningKey,
        namespace: String, logger: Logger
    ) {
        self.engine = engine
        self.configuration = configuration
        self.key = key
        self.namespace = namespace
        self.logger = logger
    }

    /// Until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await turn()
            do { try await Task.sleep(for: configuration.every) } catch { return }
        }
    }

    /// Tells of the last row, unless it is known.
    package func turn() async {
        do throws(StoreError) {
            guard let last = try engine.store.audit(before: nil, count: 1).first else { return }
            let anchor = AuditAnchor(
                namespace: namespace, sequence: last.sequence, hash: last.hash,
                at: engine.clock.now().ceilingToMilliseconds)
            guard let line = AnchorLine(anchor, signedBy: key) else {
                return logger.error("an anchor of the audit cannot be signed")
            }
            if let file = configuration.file, told.withLock({ $0.file < last.sequence }) {
                try Self.append(line, to: file)
                told.withLock { $0.file = last.sequence }
            }
            await send(line)
        } catch {
            logger.error(
                "an anchor of the audit is not written", metadata: ["reason": "\(error.reason)"])
        }
    }

    private func send(_ line: AnchorLine) async {
        let sequence = line.anchor.sequence
        guard let receiver = configuration.receiver,
            told.withLock({ $0.receiver < sequence })
        else { return }
        let event: Value = [
            "specversion": "1.0", "id": .string("audit-\(sequence)"),
            "source": .string(AlertEvent.source(of: namespace)),
            "type": "dev.pawl.audit.anchor", "subject": "audit",
            "time": .string(line.anchor.at.rfc3339), "datacontenttype": "application/json",
            "data": [
                "sentence": .string("The audit of \(namespace) has \(sequence) rows."),
                "anchor": line.document,
            ],
        ]
        do throws(Problem) {
            try await engine.update(
                .deliver(
                    [
                        AlertDelivery(
                            to: receiver, address: nil, alert: nil, event: event,
                            at: line.anchor.at)
                    ], audited: .engine))
            told.withLock { $0.receiver = sequence }
        } catch {
            logger.error(
                "an anchor of the audit is not sent", metadata: ["reason": "\(error.message)"])
        }
    }

    /// Flushed when it returns.
    private static func append(_ line: AnchorLine, to path: String) throws(StoreError) {
        let file = PrivateFiles.open(path, O_WRONLY | O_APPEND | O_CREAT)
        guard file.isOpen else { throw .unavailable("\(path) cannot be opened: \(lastError)") }
        let bytes = JSON.encode(line.document) + [UInt8(ascii: "\n")]
        let count = bytes.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) }
        guard count == bytes.count, fsync(file.number) == 0 else {
            throw .unavailable("\(path) cannot be written: \(lastError)")
        }
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}

extension Composition {
    /// nil: nobody is told of the audit's end.
    /// - Parameter environment: wins over the process's own.
    package func anchorer(
        _ engine: Engine, environment: @escaping @Sendable (String) -> String? = { _ in nil }
    ) throws(Problem) -> Anchorer? {
        guard let anchoring = configuration.audit.anchor else { return nil }
        if case .directory(let directory) = location, let file = anchoring.file,
            Self.isInside(file, directory)
        {
            throw Problem(
                .invalid, "the anchors of the audit would stand beside the database: \(file)",
                fix: "name a file where whoever writes into \(directory) cannot write")
        }
        let names = configuration.alerts.receivers.map(\.name.text)
        if let receiver = anchoring.receiver?.text, !names.contains(exactly: receiver) {
            throw Problem(
                .invalid,
                "pawl.yaml sends anchors of the audit to \(receiver), which is no receiver",
                fix: nearestName(to: receiver, among: names).map { "did you mean \($0)?" }
                    ?? "name one under alerts.receivers")
        }
        guard
            let key = Self.settings(environment).text(of: anchoring.key).flatMap({ SigningKey($0) })
        else {
            throw Problem(
                .invalid, "the private key for the anchors of the audit cannot be read",
                fix:
                    "`pawl audit key` makes a pair; `audit.anchor.key` in pawl.yaml says where it is"
            )
        }
        return Anchorer(
            engine, anchoring, key, namespace: configuration.namespace, logger: logger)
    }

    private static func isInside(_ file: String, _ directory: String) -> Bool {
        func resolved(_ path: String) -> String {
            guard let real = realpath(path, nil) else { return path }
            defer { free(real) }
            return String(cString: real)
        }
        let folder = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
        return (resolved(folder) + "/").hasPrefix(resolved(directory) + "/")
    }
}
