import Foundation

extension String {
    /// In lower case and composed (NFC): equal for texts that people take for one, however they were typed.
    public var folded: String { lowercased().precomposedStringWithCanonicalMapping }
}
