import Adapters
import Definition
import Engine
import Execution
import Foundation
import Values

/// The adapters as the engine's port for what leaves the process.
package final class DispatchPort: CallPort {
    private let dispatcher: AdapterDispatcher
    private let transport: CurlTransport
    private let clock: any StoreClock
    private let timeScale: Double

    /// - Parameters:
    ///   - environment: wins over the process's own; asked at send time.
    ///   - answer: called once for each call.
    package init(
        manifests: [AdapterManifest], rules: AddressRules, clock: any StoreClock, timeScale: Double,
        environment: @escaping @Sendable (String) -> String?,
        answer: @escaping @Sendable (CallID, CallOutcome) -> Void
    ) throws(Problem) {
        guard let transport = CurlTransport(rules: rules) else {
            throw Problem(
                .internalError, "libcurl cannot be used for adapters",
                fix: "install libcurl 7.68 or later")
        }
        self.transport = transport
        self.clock = clock
        self.timeScale = timeScale
        dispatcher = AdapterDispatcher(
            manifests: manifests.filter { $0.transport != .local }, rules: rules,
            settings: Composition.settings(environment), transport: transport
        ) { id, outcome in answer(id, outcome) }
    }

    package func submit(_ call: CallRow) { dispatcher.submit(call) }

    package func withdraw(_ call: CallID, recall: Int64) {
        dispatcher.withdraw(call, recall: recall)
    }

    package func shutdown() { transport.shutdown() }

    package func conditions(of calls: [CallID]) -> [AdapterCondition] {
        let statuses = dispatcher.statuses()
        let ahead = dispatcher.positions(of: calls)
        let (wall, store) = (transport.now, clock.now())
        return statuses.map { status in
            condition(status, ahead: ahead, time: { store + ($0 - wall) * self.timeScale })
        }
    }

    private func condition(
        _ status: AdapterStatus, ahead: [CallID: Int], time: (MonotonicTime) -> Timestamp
    ) -> AdapterCondition {
        var condition = (
            since: Timestamp?.none, probe: Timestamp?.none, failures: 0, calls: 0
        )
        switch status.breaker {
        case .open(let since, let probe, let failures, let calls):
            condition = (time(since), time(probe), failures, calls)
        case .closed(let failures, let calls): condition = (nil, nil, failures, calls)
        case .halfOpen, nil: break
        }
        return AdapterCondition(
            adapter: status.adapter, openSince: condition.since, nextProbe: condition.probe,
            failures: condition.failures, calls: condition.calls, running: status.running,
            concurrency: status.concurrency, queued: status.queued, ahead: ahead)
    }
}

extension Composition {
    /// The process's environment below another one, and files.
    static func settings(
        _ environment: @escaping @Sendable (String) -> String?
    ) -> SettingResolver {
        SettingResolver(
            environment: { environment($0) ?? ProcessInfo.processInfo.environment[$0] },
            file: { path in
                (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
                    $0.utf8.count <= 64 << 10 ? $0 : nil
                }
            })
    }

    /// The hosts of the adapters' own addresses, which the operator sets, and those that pawl.yaml adds.
    /// - Returns: the rules, and a line for each address or credential that is not known yet or not readable.
    package static func addressRules(
        _ adapters: [AdapterManifest], _ configuration: PawlConfiguration
    ) throws(Problem) -> (rules: AddressRules, remarks: [String]) {
        var hosts = configuration.allowedHosts
        var remarks: [String] = []
        for adapter in adapters {
            let settings = [adapter.address].compactMap(\.self) + adapter.authentication.settings
            remarks += settings.filter { (value(of: $0) ?? "").isEmpty }.map {
                "\(adapter.name): \($0.label) is not set; its calls will fail"
            }
            guard let setting = adapter.address, let address = value(of: setting),
                !address.isEmpty
            else { continue }
            do {
                let endpoint = try Endpoint(address)
                hosts.append("\(endpoint.host):\(endpoint.port)")
            } catch {
                remarks.append("\(adapter.name): \(setting.label) is no address: \(error)")
            }
        }
        do {
            return (try AddressRules(allowedHosts: hosts), remarks)
        } catch {
            throw Problem(.invalid, "allowedHosts in pawl.yaml: \(error)")
        }
    }

    private static func value(of setting: Setting) -> String? {
        switch setting {
        case .literal(let text): text
        case .environment(let name): ProcessInfo.processInfo.environment[name]
        case .file(let path):
            (try? String(contentsOfFile: path, encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

extension Authentication {
    fileprivate var settings: [Setting] {
        switch self {
        case .none: []
        case .bearer(let token): [token]
        case .basic(let user, let password): [user, password]
        }
    }
}

extension Setting {
    /// For messages; never the value.
    fileprivate var label: String {
        switch self {
        case .literal: "a value in its manifest"
        case .environment(let name): name
        case .file(let path): "the file \(path)"
        }
    }
}
