import Foundation
import LinearRegex

/// Seconds ahead of UTC that the zone's clocks show at that moment: a fixed offset (`+02:00`,
/// `-0930`, `02:00`), `UTC`, or a name of the IANA data base (`Europe/Berlin`); nil for others.
package func zoneOffset(of zone: String, at instant: Timestamp) -> Int64? {
    if zone == "UTC" || zone == "Z" { return 0 }
    if let fixed = fixedOffset(zone) { return fixed }
    guard let named = TimeZone(identifier: zone) else { return nil }
    let date = Date(timeIntervalSince1970: TimeInterval(instant.seconds))
    return Int64(named.secondsFromGMT(for: date))
}

private func fixedOffset(_ zone: String) -> Int64? {
    var text = zone[...]
    let sign: Int64 = text.first == "-" ? -1 : 1
    if text.first == "-" || text.first == "+" { text = text.dropFirst() }
    let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }
    guard digits.count == 4, digits.allSatisfy(isDigit), text.utf8.count <= 5 else { return nil }
    let numbers = digits.map { Int64($0 - 48) }
    let minutes = numbers[2] * 10 + numbers[3]
    let hours = numbers[0] * 10 + numbers[1]
    guard hours < 24, minutes < 60 else { return nil }
    return sign * (hours * 3600 + minutes * 60)
}
