import Adapters
import Definition
import Engine
import Execution
import Foundation
import Values

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
