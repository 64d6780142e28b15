/// What a pattern says, before it becomes a program.
indirect enum RegexNode: Sendable {
    case empty
    case scalar(Unicode.Scalar)
    case set(ScalarSet)
    case assert(Regex.Assertion)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    /// At least and at most that often; nil is without end.
    case `repeat`(RegexNode, Int, Int?)
}

struct RegexCompiler {
    private(set) var program: [Regex.Instruction] = []
    /// Counted too, as repeated empty groups make no instructions.
    private var steps = 0

    mutating func compile(_ node: RegexNode) throws(Regex.Failure) {
        steps += 1
        guard max(program.count, steps) < Regex.sizeLimit else {
            throw Regex.Failure(message: "the pattern is too large")
        }
        switch node {
        case .empty: break
        case .scalar(let scalar): program.append(.scalar(scalar))
        case .set(let set): program.append(.set(set))
        case .assert(let assertion): program.append(.assert(assertion))
        case .sequence(let parts): for part in parts { try compile(part) }
        case .alternatives(let parts): try alternatives(parts)
        case .repeat(let part, let least, let most): try repeated(part, least, most)
        }
    }

    private mutating func alternatives(_ parts: [RegexNode]) throws(Regex.Failure) {
        var exits: [Int] = []
        for (position, part) in parts.enumerated() {
            guard position < parts.count - 1 else {
                try compile(part)
                break
            }
            let fork = program.count
            program.append(.match)
            try compile(part)
            exits.append(program.count)
            program.append(.match)
            program[fork] = .fork(fork + 1, program.count)
        }
        for exit in exits { program[exit] = .jump(program.count) }
    }

    private mutating func repeated(
        _ part: RegexNode, _ least: Int, _ most: Int?
    ) throws(Regex.Failure) {
        for _ in 0..<least { try compile(part) }
        guard let most else {
            let fork = program.count
            program.append(.match)
            try compile(part)
            program.append(.jump(fork))
            program[fork] = .fork(fork + 1, program.count)
            return
        }
        var forks: [Int] = []
        for _ in least..<max(least, most) {
            forks.append(program.count)
            program.append(.match)
            try compile(part)
        }
        for fork in forks { program[fork] = .fork(fork + 1, program.count) }
    }
}
