import Definition
import Engine
import Execution
import Values

/// Content beside the database: put as a stream, read in ranges. What a reference to it is, events and forms say.
extension API {
    // MARK: In

    /// Everything that the headers tell is decided before a byte of the body is read.
    func putAttachment(_ request: APIRequest) async throws -> APIResponse {
        let desk = try desk
        let upload = try upload(request, desk.limits)
        let hash: ContentHash
        do {
            hash = try await desk.put(upload) { receive in try await request.pieces(receive) }
        } catch let failure as UploadFailure {
            throw Refusal(failure)
        } catch let error as StoreError {
            logger.error("an upload failed", metadata: ["reason": "\(error.reason)"])
            throw Refusal.noRoom
        }
        return APIResponse(
            status: 201, headers: [("Location", "/v1/attachments/\(hash)")],
            [
                "sha256": .string(hash.text), "size": .int(upload.size),
                "type": .string(upload.type.rawValue),
            ])
    }

    private var desk: AttachmentDesk {
        get throws {
            guard let desk = engine.attachments else {
                throw Problem(
                    .notFound, "this server keeps no attachments",
                    fix: "give the engine a folder for its database")
            }
            return desk
        }
    }

    private func upload(
        _ request: APIRequest, _ limits: AttachmentLimits
    ) throws(Refusal) -> Upload {
        guard let text = request.content.length else {
            throw Refusal(
                status: 411, code: "length-required", "the request does not say how much comes",
                fix: "send Content-Length")
        }
        guard let size = Int64(text), size >= 0, text.utf8.allSatisfy({ (48...57).contains($0) })
        else {
            throw Refusal(Problem(.malformed, "Content-Length is no number of bytes"))
        }
        guard size <= limits.size else {
            throw Refusal(
                Problem(
                    .tooLarge, "an attachment has \(limits.size) bytes at most, not \(size)",
                    fix:
                        "send a smaller one; the operator sets the limit (attachments.limit in pawl.yaml)"
                ))
        }
        guard size > 0 else {
            throw Refusal(Problem(.invalid, "an empty file is no attachment", fix: "send another"))
        }
        let type = request.contentType.flatMap { MediaType(header: $0) }
        guard let type, limits.types.contains(type), request.content.encoding == nil else {
            let names = limits.types.map(\.rawValue).joined(separator: ", ")
            let what =
                request.content.encoding.map { "the content is encoded as \($0.quotable)" }
                ?? request.contentType.map { "\($0.quotable) is not taken here" }
                ?? "the request has no Content-Type"
            throw Refusal(
                status: 415, code: "unsupported-media-type", what,
                fix: "send one of \(names), as it is")
        }
        return Upload(
            type: type, size: size, digest: try digest(request.content.digest),
            actor: request.actor)
    }

    /// `Repr-Digest: sha-256=:…:` (RFC 9530); other algorithms say nothing here.
    private func digest(_ text: String?) throws(Refusal) -> ContentHash? {
        guard let text else { return nil }
        for part in text.split(separator: ",") {
            let part = part.trimmed
            guard part.lowercased().hasPrefix("sha-256=") else { continue }
            let value = part.dropFirst("sha-256=".count)
            guard value.hasPrefix(":"), value.hasSuffix(":"), value.utf8.count > 2,
                let bytes = Base64.decode(String(value.dropFirst().dropLast())),
                let hash = ContentHash(bytes.hexadecimal)
            else {
                throw Refusal(
                    Problem(
                        .malformed, "Repr-Digest holds no SHA-256",
                        fix: "write it like `sha-256=:<base64>:`"))
            }
            return hash
        }
        return nil
    }

    // MARK: Out

    func attachment(_ request: APIRequest) async throws -> APIResponse {
        let desk = try desk
        let row = try await row(request, desk)
        let text = row.sha256.text
        let name = request.option("name") ?? "\(text.prefix(12)).\(row.type.fileExtension)"
        guard FileName.admits(name) else {
            throw Refusal.query("name", "it is no name of a file")
        }
        let tag = "\"\(row.sha256)\""
        let headers = [
            ("ETag", tag), ("Accept-Ranges", "bytes"), ("Cache-Control", "private, max-age=86400"),
            ("Content-Security-Policy", "sandbox; default-src 'none'"),
            ("Content-Disposition", Disposition.attachment(FileName.composed(name))),
        ]
        if ETag.list(request.content.ifNoneMatch, holds: tag) {
            return APIResponse(status: 304, headers: headers, .null)
        }
        let range: ByteRange.Answer =
            request.content.ifRange.map { $0.trimmed == tag } ?? true
            ? ByteRange.answer(request.content.range, size: row.size) : .whole
        switch range {
        case .whole:
            return APIResponse(
                status: 200, headers: headers,
                content(desk, row, 0..<row.size))
        case .part(let part):
            let place = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(row.size)"
            return APIResponse(
                status: 206, headers: headers + [("Content-Range", place)],
                content(desk, row, part))
        case .unsatisfiable:
            var refusal = Refusal(
                status: 416, code: "range-not-satisfiable",
                "the attachment has \(row.size) bytes, and none there",
                fix: "ask for a range within them")
            refusal.headers = [("Content-Range", "bytes */\(row.size)")]
            throw refusal
        }
    }

    private func row(
        _ request: APIRequest, _ desk: AttachmentDesk
    ) async throws(Problem) -> AttachmentRow {
        let text = request.parameter("sha256")
        do throws(StoreError) {
            if let hash = ContentHash(text), let row = try desk.find(hash, for: request.actor) {
                if try await desk.isThere(row) { return row }
                throw .unavailable("the content of \(hash) is not there")
            }
        } catch {
            logger.error("an attachment cannot be read", metadata: ["reason": "\(error.reason)"])
            throw Problem(
                .unavailable, "the attachment cannot be read now",
                fix: "the server's log says more, and so does `pawl doctor --deep`")
        }
        throw Problem(
            .notFound, "there is no attachment \(text.quotable) for \(request.actor)",
            fix: "a task or an instance names what it refers to")
    }

    private func content(
        _ desk: AttachmentDesk, _ row: AttachmentRow, _ range: Range<Int64>
    ) -> ResponseContent {
        ResponseContent(type: row.type.rawValue, length: range.upperBound - range.lowerBound) {
            (offset, count) in
            try await desk.read(
                row.sha256, from: range.lowerBound + offset,
                count: Int(min(Int64(count), range.upperBound - range.lowerBound - offset)))
        }
    }
}

extension Refusal {
    static let noRoom: Refusal = {
        var refusal = Refusal(
            Problem(
                .unavailable, "there is no room for attachments now; nothing of this one is left",
                fix: "try again later; the server's log says more"))
        refusal.headers = [("Retry-After", "60")]
        return refusal
    }()

    fileprivate init(_ failure: UploadFailure) {
        switch failure {
        case .tooMany(let count):
            self.init(
                Problem(
                    .overloaded, "\(count) uploads are under way", fix: "try again in a second"))
        case .tooSlow:
            self.init(
                status: 408, code: "too-slow", "the upload came too slowly and was cut off",
                fix: "send it over a better line")
        case .lengthDiffers(let announced, let came):
            self.init(
                Problem(
                    .malformed,
                    "\(announced) bytes were announced, and \(came < announced ? "\(came)" : "more") came",
                    fix: "send all of it, and say how much it is"))
        case .digestDiffers(let hash):
            self.init(
                Problem(
                    .invalid, "the content is not what Repr-Digest says: its SHA-256 is \(hash)",
                    fix: "send it again"))
        case .notOfType(let type):
            self.init(
                status: 415, code: "unsupported-media-type",
                "the content does not begin as \(type.rawValue) does",
                fix: "send it under its own type")
        case .leaving:
            self.init(
                Problem(
                    .unavailable, "the same content is just being removed",
                    fix: "try again in a second"))
        }
    }
}
