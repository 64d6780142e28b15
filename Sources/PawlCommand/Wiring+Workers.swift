import Definition
import Execution
import Foundation
import Guest
import Marketplace
import Values
import WorkflowLanguage

extension Wiring {
    private static let workersSetting = "workers.hash"
    /// Of one commit.
    private static let chunk = 5000

    /// - Returns: how many; also when the file is the one imported last.
    static func importWorkers(_ file: String, into directory: String) throws -> Int {
        let store = try store(directory)
        return try importWorkers(file, into: store, unlessUnchanged: false) ?? 0
    }

    /// Adds and replaces; nobody is removed, for instances may hold them.
    /// - Returns: nil when the file is the one that was imported last.
    static func importWorkers(
        _ file: String, into store: any Store, unlessUnchanged: Bool = true
    ) throws -> Int? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Problem(.notFound, "\(file) cannot be read", fix: "name a UTF-8 CSV file")
        }
        let hash = SHA256.hex(of: text)
        if unlessUnchanged, try store.setting(workersSetting) == .string(hash) { return nil }
        let writes = try workers(text, file, store)
        var commits: [Commit] = []
        for start in stride(from: 0, to: writes.count, by: chunk) {
            var commit = Commit()
            commit.records = Array(writes[start..<min(start + chunk, writes.count)])
            commits.append(commit)
        }
        try store.commit(commits)
        try store.set(workersSetting, to: .string(hash))
        return writes.count
    }

    private static func workers(
        _ text: String, _ file: String, _ store: any Store
    ) throws -> [RecordWrite] {
        do throws(WorkersCSV.Problem) {
            let changes = try WorkersCSV.parse(text)
            guard let collection = changes.first?.collection else { return [] }
            let revisions = revisions(collection, store)
            return changes.map { $0.write(over: revisions[$0.id] ?? 0) }
        } catch {
            throw Definition.Problem(
                .invalid, "\(file) holds rows that are no workers",
                fix: "mend them; nothing was imported",
                errors: error.faults.map {
                    Definition.Problem.Detail(pointer: "line \($0.line)", detail: $0.message)
                })
        }
    }

    private static func revisions(_ collection: String, _ store: any Store) -> [ExactText: Int64] {
        let query = RecordQuery(
            collection: collection, selection: .all, limit: WorkersCSV.maximumRows)
        let records = (try? store.records(query).records) ?? []
        return Dictionary(
            records.map { ($0.id, $0.revision) }, uniquingKeysWith: { first, _ in first })
    }
}
