import Adapters
import Alerts
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
            remarks += settings.filter { value(of: $0) == nil }.map {
                "\(adapter.name): \($0.label) is not set; its calls will wait for it"
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

    /// Of the webhooks' own addresses and the mail servers of those that mail, and what pawl.yaml adds.
    /// - Returns: the rules, and a line for each receiver that lacks something.
    static func addressRules(
        of alerts: AlertConfiguration, _ settings: SettingResolver, _ adapters: [AdapterManifest],
        _ configuration: PawlConfiguration, _ hosts: [String]?
    ) throws(Problem) -> (rules: AddressRules, remarks: [String]) {
        var mailers: [AdapterManifest] = []
        var allowed = hosts ?? []
        var remarks: [String] = []
        for receiver in alerts.receivers {
            switch receiver.way {
            case .webhook(let url, let secret):
                if settings.value(of: secret).flatMap(WebhookSecret.init) == nil {
                    remarks.append(
                        "\(receiver.name): \(secret.label) holds no secret of a webhook "
                            + "(`whsec_` and base64 of 24 to 64 bytes); its messages will wait")
                }
                guard let text = settings.value(of: url) else {
                    remarks.append(
                        "\(receiver.name): \(url.label) is not set; its messages will wait")
                    continue
                }
                do throws(AddressProblem) {
                    let endpoint = try WebhookAddress(text).endpoint
                    allowed.append("\(endpoint.host):\(endpoint.port)")
                } catch {
                    remarks.append("\(receiver.name): \(url.label) is no address: \(error)")
                }
            case .mail(let adapter, _):
                if let (manifest, _) = AlertPost.mailer(adapter, among: adapters) {
                    mailers.append(manifest)
                } else {
                    remarks.append(
                        "\(receiver.name): "
                            + (adapter.map { "\($0) is no adapter that mails" }
                                ?? "there is no adapter that mails, or several")
                            + "; its messages will wait")
                }
            }
        }
        if hosts == nil {
            let (rules, more) = try addressRules(mailers, configuration)
            return (
                try AddressRules.allowing(rules.allowedHosts + allowed), remarks + more
            )
        }
        return (try AddressRules.allowing(allowed), remarks)
    }

    private static func value(of setting: Setting) -> String? {
        switch setting {
        case .literal(let text): text
        case .environment(let name): ProcessInfo.processInfo.environment[name]
        case .file(let path):
            (try? String(contentsOfFile: path, encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines)
        // It runs when a call leaves.
        case .command: ""
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
        case .command(let command): command.label
        }
    }
}

extension AddressRules {
    fileprivate static func allowing(_ hosts: [String]) throws(Problem) -> AddressRules {
        do throws(AddressProblem) {
            return try AddressRules(allowedHosts: hosts)
        } catch {
            throw Problem(.invalid, "allowedHosts in pawl.yaml: \(error)")
        }
    }
}
