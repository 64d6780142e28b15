import Definition
import Guest
import Values

/// Where the sandbox's services stand, in the settings that the adapters' manifests name.
package struct SandboxAddresses: Sendable {
    private let paths: [ExactText: String]

    package init(_ remotes: [any Remote.Type], recorded: [RecordedService] = []) {
        paths = Dictionary(
            remotes.map { (ExactText($0.adapter), $0.path) }
                + recorded.map { (ExactText($0.adapter), $0.path) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Manifests want a credential also where the sandbox takes any.
    package static let anyCredential = "sandbox"

    /// The variables of the environment that lead the adapters here. One whose service has no remote is left out:
    /// whoever runs it says where it is.
    /// - Parameters:
    ///   - http: the sandbox's address, without a path.
    ///   - credential: what a variable for a credential holds; nil: the sandbox takes any.
    package func environment(
        of manifests: [AdapterManifest], http: String, smtp: String,
        credential: (String) -> String? = { _ in nil }
    ) -> [ExactText: String] {
        var result: [ExactText: String] = [:]
        for manifest in manifests {
            let address: String
            switch manifest.transport {
            case .http:
                guard let path = paths[manifest.name] else { continue }
                address = http + path
            case .smtp: address = smtp
            case .local: continue
            }
            if case .environment(let name)? = manifest.address { result[name] = address }
            for name in manifest.credentialVariables {
                result[name] = credential(name) ?? Self.anyCredential
            }
        }
        return result
    }
}

extension AdapterManifest {
    /// The variables of the environment that hold its credentials: a token, or a user and a password.
    package var credentialVariables: [String] {
        let settings: [Setting] =
            switch authentication {
            case .none: []
            case .bearer(let token): [token]
            case .basic(let user, let password): [user, password]
            }
        return settings.compactMap {
            if case .environment(let name) = $0 { name } else { nil }
        }
    }
}

extension SandboxWorld {
    var addresses: SandboxAddresses { SandboxAddresses(kinds) }
}
