import Sabotage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

// Access: who may what, as values.
//
// Theory of operation. A request brings `Credentials`, an `Authenticator` finds out whose they are, and what comes of it is a
// `Principal`: a subject, its roles, and what of them this proof is good for. `Policy.allows` is a function of principal,
// permission and workflow, and refuses what no grant names; a grant of one's own instances leaves a question that whoever has
// the instance answers. Nothing here reads a clock, a file or the network.
//
// Three ways are closed to everybody else. Files and folders are the user's alone whatever the umask (`PrivateFiles`). A
// page that a browser shows must not speak to a server on the same machine (`WebRequest`). Text from outside must not
// speak to the terminal that shows it (`String.printable`).

/// Files (0600) and folders (0700) that only the user who runs Pawl may open, whatever the umask.
package enum PrivateFiles {
    private static let fileMode: mode_t = 0o600
    private static let folderMode: mode_t = 0o700

    /// Makes a folder unless it exists (its parent must), and takes from others what they may do with it and with
    /// those files in it that are ours. A folder that holds other things as well belongs to somebody who had a reason for its
    /// mode: it stays, and is spoken of.
    /// - Parameter isOurs: whether a file of this name is Pawl's.
    /// - Returns: what was open to others, a sentence each; nil with `errno` set when there is no such folder.
    package static func prepare(
        _ folder: String, isOurs: (_ name: String) -> Bool
    ) -> [String]? {
        if mkdir(folder, folderMode) == 0 {
            // The umask may have taken even the user's own bits.
            if !isMutant(.fileModeByUmask) { _ = chmod(folder, folderMode) }
            return []
        }
        guard errno == EEXIST else { return nil }
        let names = entries(of: folder)
        let files = names.filter(isOurs).sorted().compactMap { tighten("\(folder)/\($0)") }
        return [tightenFolder(folder, holdsOnlyOurs: names.allSatisfy(isOurs))].compactMap(\.self)
            + files
    }

    /// Opens a file of ours and makes it unless it exists. Never through a link, which could lead to somebody else's.
    /// - Returns: one that is not open when it fails, with `errno` set.
    package static func open(_ path: String, _ flags: Int32) -> Descriptor {
        if isMutant(.fileModeByUmask) {
            return Descriptor(systemOpen(path, flags | O_CLOEXEC, 0o644))
        }
        let file = Descriptor(systemOpen(path, flags | O_CLOEXEC | O_NOFOLLOW, fileMode))
        if file.isOpen { _ = fchmod(file.number, fileMode) }
        return file
    }

    /// Makes an empty file unless there is one, for a library that opens it by its name. One that exists is not
    /// opened: closing it would let go of the locks that this process holds on it.
    package static func reserve(_ path: String) {
        guard !isMutant(.fileModeByUmask) else { return }
        _ = open(path, O_RDWR | O_CREAT | O_EXCL)
    }

    // MARK: What is there already

    /// What stands under a name.
    package enum Kind: Sendable, Hashable {
        case file
        case folder
        /// A symbolic link, wherever it leads.
        case link
        case other
    }

    /// What stands under a path itself, not what a link there leads to; nil: nothing does.
    package static func kind(of path: String) -> Kind? {
        guard let status = status(path) else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .link
        default: return .other
        }
    }

    private static func tighten(_ path: String) -> String? {
        guard let status = status(path), status.isFile, status.isOpenToOthers else { return nil }
        guard chmod(path, fileMode) == 0 else {
            return "\(path) is open to others (mode \(status.octal)): \(lastError)"
        }
        return "\(path) was open to others (mode \(status.octal)); now it is not (0600)"
    }

    private static func tightenFolder(_ path: String, holdsOnlyOurs: Bool) -> String? {
        guard let status = status(path + "/"), status.isOpenToOthers else { return nil }
        guard holdsOnlyOurs, status.st_uid == geteuid(), status.st_mode & S_ISVTX == 0,
            chmod(path, folderMode) == 0
        else {
            return "\(path) is open to others (mode \(status.octal)) and not Pawl's alone; "
                + "give it a folder of its own, or `chmod 700` this one"
        }
        return "\(path) was open to others (mode \(status.octal)); now it is not (0700)"
    }

    /// Without a link's target, unless the path ends with `/`.
    private static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    private static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
        #if canImport(Glibc)
            Glibc.open(path, flags, mode)
        #elseif canImport(Musl)
            Musl.open(path, flags, mode)
        #elseif canImport(Darwin)
            Darwin.open(path, flags, mode)
        #endif
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}

extension stat {
    fileprivate var isFile: Bool { st_mode & S_IFMT == S_IFREG }
    fileprivate var isOpenToOthers: Bool { st_mode & 0o077 != 0 }
    fileprivate var octal: String { "0" + String(st_mode & 0o7777, radix: 8) }
}
