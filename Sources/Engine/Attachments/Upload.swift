import Definition
import Execution
import Synchronization
import Values

/// How much content is taken, and how long it waits for somebody to speak of it.
package struct AttachmentLimits: Sendable, Hashable {
    /// Of one, in bytes.
    package var size: Int64 = 10 << 20
    /// The operator's list.
    package var types = MediaType.allCases
    /// At once.
    package var uploads = 16
    /// An upload that brings less than this in a window is cut off.
    package var window = Duration.seconds(10)
    package var leastInWindow: Int64 = 10 << 10
    /// In store time, since it was put.
    package var unreferenced = Duration.seconds(86_400)
    /// Of what was begun and never finished, and of what no row names, on the wall.
    package var incomingAge = Duration.seconds(3_600)
    /// After so many looks, what no row names is looked for.
    package var looksForUnnamed = 144
    /// Between two looks.
    package var sweep = Duration.seconds(600)

    package init() {}
}

/// What is said of content before it comes.
package struct Upload: Sendable {
    package typealias Receiver = @Sendable ([UInt8]) async throws -> Void

    package let type: MediaType
    package let size: Int64
    /// What its hash is to be; nil: whoever sends it does not say.
    package let digest: ContentHash?
    package let actor: Actor

    package init(type: MediaType, size: Int64, digest: ContentHash?, actor: Actor) {
        self.type = type
        self.size = size
        self.digest = digest
        self.actor = actor
    }
}

/// Why content was not taken. Nothing of it is left.
package enum UploadFailure: Error, Hashable {
    case tooMany(Int)
    case tooSlow
    /// It has more or fewer bytes than were announced.
    case lengthDiffers(announced: Int64, came: Int64)
    case digestDiffers(ContentHash)
    /// It begins like something else.
    case notOfType(MediaType)
    /// The same content is being removed at this moment.
    case leaving
}

/// Content as it comes in: counted, looked at, hashed.
final class Intake: Sendable {
    private struct State {
        var count: Int64 = 0
        var hash = SHA256.Stream()
        var beginning: [UInt8] = []
        var isChecked = false
    }

    private let upload: Upload
    private let state = Mutex(State())

    init(_ upload: Upload, _ limits: AttachmentLimits) { self.upload = upload }

    var count: Int64 { state.withLock { $0.count } }

    func take(_ bytes: [UInt8]) throws(UploadFailure) {
        try state.withLock { (state) throws(UploadFailure) in
            state.count += Int64(bytes.count)
            guard state.count <= upload.size else {
                throw .lengthDiffers(announced: upload.size, came: state.count)
            }
            state.hash.update(bytes)
            guard !state.isChecked else { return }
            state.beginning += bytes.prefix(MediaType.prefixLength - state.beginning.count)
            guard state.beginning.count == MediaType.prefixLength else { return }
            try check(&state)
        }
    }

    private func check(_ state: inout State) throws(UploadFailure) {
        let isWhole = state.count == state.beginning.count
        guard upload.type.admits(beginning: state.beginning, isWhole: isWhole) else {
            throw .notOfType(upload.type)
        }
        state.isChecked = true
    }

    /// All of it has come.
    func finish() throws -> ContentHash {
        try state.withLock { state in
            guard state.count == upload.size else {
                throw UploadFailure.lengthDiffers(announced: upload.size, came: state.count)
            }
            if !state.isChecked { try check(&state) }
            guard let hash = ContentHash(state.hash.hex()) else {
                throw Problem(.internalError, "the content has no hash")
            }
            return hash
        }
    }
}
