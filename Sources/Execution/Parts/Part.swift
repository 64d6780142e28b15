/// A part of a run: a list that everybody reads and that only the part's own rules change.
package protocol Part: RandomAccessCollection, Sendable, Hashable where Index == Int {
    var list: [Element] { get }
}

extension Part {
    package var startIndex: Int { 0 }
    package var endIndex: Int { list.count }
    package subscript(position: Int) -> Element { list[position] }
}
