/// The operation through which notifications leave: the one that mails, or of several the one that says
/// `notifier: true`.
package struct Notifier: Sendable, Hashable {
    package let adapter: String
    package let operation: String

    /// - Returns: nil when nothing mails, or several do and not exactly one says that it is the one.
    package init?(among manifests: [AdapterManifest]) {
        let mailing = Self.mailing(manifests)
        let declared = mailing.filter(\.1.isNotifier)
        let chosen = mailing.count == 1 ? mailing : declared
        guard chosen.count == 1, let (manifest, operation) = chosen.first else { return nil }
        adapter = manifest.name
        self.operation = operation.name
    }

    private init(adapter: String, operation: String) {
        self.adapter = adapter
        self.operation = operation
    }

    /// Stands where there is none: calls to it fail as those of any adapter that is not there.
    package static let missing = Notifier(
        adapter: AdapterManifest.Transport.smtp.rawValue, operation: "notify")

    /// What could be it, `adapter.operation`.
    package static func names(among manifests: [AdapterManifest]) -> [String] {
        mailing(manifests).map { "\($0.0.name).\($0.1.name)" }
    }

    private static func mailing(
        _ manifests: [AdapterManifest]
    ) -> [(AdapterManifest, OperationManifest)] {
        manifests.filter { $0.transport == .smtp }.flatMap { manifest in
            manifest.operations.map { (manifest, $0) }
        }
    }
}
