import Access
import Definition
import Foundation
import NIOSSL
import Sabotage
import Synchronization
import Values

/// The certificate that new connections are met with, and what becomes of it when its files change. Connections that there
/// are keep what they began with.
package final class TLSKeeper: Sendable {
    /// How it stands.
    package struct Standing: Sendable, Hashable {
        /// Of the first that ends, of those that the server shows.
        package let expires: Timestamp
        /// Why the files are not what is shown; nil: they are.
        package var fault: Problem?
    }

    /// So long before its end a certificate is spoken of.
    package static let notice = Duration.seconds(14 * 86_400)

    package enum Renewal: Sendable, Hashable {
        case unchanged
        case renewed(Standing)
        /// What the files hold cannot be used; new connections get what they got before.
        case kept(Standing)
    }

    private struct State {
        var loaded: LoadedTLS
        var stamps: [FileStamp]
        var fault: Problem?

        var standing: Standing { Standing(expires: loaded.expires, fault: fault) }
    }

    private let files: TLSFiles
    private let state: Mutex<State>

    /// - Throws: what is wrong with the files, and what to do.
    package init(_ files: TLSFiles, now: Timestamp) throws(Problem) {
        self.files = files
        // Looked at before they are read: what is written in between is seen next time.
        let stamps = Self.stamps(files)
        state = Mutex(State(loaded: try LoadedTLS(files, now: now), stamps: stamps))
    }

    var context: NIOSSLContext { state.withLock { $0.loaded.context } }

    package var standing: Standing { state.withLock { $0.standing } }

    /// Serial numbers of clients' certificates that are taken back.
    var revoked: Set<ExactText> { state.withLock { $0.loaded.revoked } }

    /// Looks at the files again.
    /// - Parameter isForced: also when they look as they did.
    package func renew(now: Timestamp, isForced: Bool = false) -> Renewal {
        let stamps = Self.stamps(files)
        guard isForced || state.withLock({ $0.stamps != stamps }), !isMutant(.reloadIgnored) else {
            return .unchanged
        }
        let result: Result<LoadedTLS, Problem>
        do throws(Problem) {
            result = .success(try LoadedTLS(files, now: now))
        } catch {
            result = .failure(error)
        }
        return state.withLock { state in
            state.stamps = stamps
            switch result {
            case .success(let loaded):
                state.loaded = loaded
                state.fault = nil
                return .renewed(state.standing)
            case .failure(let problem):
                state.fault = problem
                return .kept(state.standing)
            }
        }
    }

    private struct FileStamp: Hashable {
        let written: Double
        let size: Int
        let number: Int
        let mode: Int
    }

    /// Of what links lead to: whoever renews certificates often turns a link.
    private static func stamps(_ files: TLSFiles) -> [FileStamp] {
        var paths = [files.certificate, files.key]
        if let clients = files.clients {
            paths.append(clients.authorities)
            if case .file(let file) = clients.revoked { paths.append(file) }
        }
        return paths.map { path in
            let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            let attributes = try? FileManager.default.attributesOfItem(atPath: real)
            func number(_ key: FileAttributeKey) -> Int {
                (attributes?[key] as? NSNumber)?.intValue ?? -1
            }
            return FileStamp(
                written: (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0,
                size: number(.size), number: number(.systemFileNumber),
                mode: number(.posixPermissions))
        }
    }
}

extension TLSKeeper.Standing {
    /// Whether somebody should see to it.
    package func isAmiss(at now: Timestamp) -> Bool {
        fault != nil || now.adding(TLSKeeper.notice).map { $0 > expires } ?? true
    }

    var document: Value {
        var map: ValueMap = ["expires": .string(expires.rfc3339)]
        map.set("fault", fault.map { .string($0.message) })
        map.set("fix", fault?.fix.map(Value.string))
        return .map(map)
    }

    func documentWhereAmiss(_ now: Timestamp) -> Value? {
        guard isAmiss(at: now) else { return Value?.none }
        return document
    }
}
