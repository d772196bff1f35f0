import CYAML
import KubeModel

/// One document of a YAML stream and the line it begins on.
package struct YAMLDocument: Sendable {
    package var value: JSONValue
    package var line: Int
    /// Line and column of each field, by path (`spec.database.host`, `spec.peers[0].port`); not of fields with a path
    /// nobody would read.
    package var positions: [String: (line: Int, column: Int)]
}

package enum YAML {
    /// Every document of the stream that is not empty.
    package static func documents(_ text: String, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> [YAMLDocument]
    {
        guard text.utf8.count <= limits.size else {
            throw YAMLError(message: "larger than \(limits.size / 1024 / 1024) MiB", line: 1, column: 1)
        }
        let directives = text.utf8.split(separator: UInt8(ascii: "\n")).count { $0.starts(with: "%TAG".utf8) }
        guard directives <= limits.directives else {
            throw YAMLError(message: "more than \(limits.directives) %TAG directives", line: 1, column: 1)
        }
        // JSON is read as JSON: libyaml does not know the escapes that json.dumps and others write.
        if text.first(where: { !$0.isWhitespace }) == "{", let value = try? JSONValue(parsing: text) {
            return [YAMLDocument(value: value, line: 1, positions: [:])]
        }
        var parser = YAMLReader(limits: limits)
        return try parser.read(Array(text.utf8))
    }

    /// The only document of the text.
    package static func document(_ text: String) throws(YAMLError) -> JSONValue {
        let all = try documents(text)
        guard let first = all.first else { throw YAMLError(message: "the document is empty", line: 1, column: 1) }
        guard all.count == 1 else {
            throw YAMLError(message: "one document expected, another begins here", line: all[1].line, column: 1)
        }
        return first.value
    }
}

/// Builds values from libyaml's events. One event is alive at a time and is always released.
private struct YAMLReader {
    private let limits: YAMLLimits
    private var nodes = 0
    private var anchors: [String: (value: JSONValue, cost: Int)] = [:]
    private var positions: [String: (line: Int, column: Int)] = [:]

    init(limits: YAMLLimits) { self.limits = limits }

    private struct Event {
        enum Kind {
            case streamEnd, documentStart, documentEnd, alias, scalar, sequence, sequenceEnd, mapping, mappingEnd, other
        }
        var kind: Kind
        var text = ""
        var anchor: String?
        var isPlain = false
        var tag: String?
        var line: Int
        var column: Int
    }

    mutating func read(_ bytes: [UInt8]) throws(YAMLError) -> [YAMLDocument] {
        // On the heap: libyaml keeps a pointer to the parser inside it, so it must never move.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLError(message: "no memory for the YAML parser", line: 1, column: 1)
        }
        defer { yaml_parser_delete(parser) }
        var result: Result<[YAMLDocument], YAMLError> = .success([])
        bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            do throws(YAMLError) { result = .success(try stream(parser)) } catch { result = .failure(error) }
        }
        return try result.get()
    }

    private mutating func stream(_ parser: UnsafeMutablePointer<yaml_parser_t>) throws(YAMLError) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        while true {
            let event = try next(parser)
            switch event.kind {
            case .streamEnd: return documents
            case .documentStart:
                anchors = [:]
                positions = [:]
                let first = try next(parser)
                let value = try node(first, parser, path: "", depth: 0)
                if !value.isNull {
                    documents.append(YAMLDocument(value: value, line: first.line, positions: positions))
                }
            default: continue
            }
        }
    }

    /// The path of a part; nil where it is too long to be kept, as are then those of all within.
    private func path(_ path: String?, _ part: String) -> String? {
        guard let path, path.utf8.count + part.utf8.count <= limits.path else { return nil }
        return path + part
    }

    private mutating func node(_ event: Event, _ parser: UnsafeMutablePointer<yaml_parser_t>, path: String?, depth: Int)
        throws(YAMLError) -> JSONValue
    {
        guard depth <= limits.depth else { throw error("nested deeper than \(limits.depth) levels", event) }
        if let path, !path.isEmpty { positions[path] = (event.line, event.column) }
        let before = nodes
        try count(1, event)
        let value: JSONValue
        switch event.kind {
        case .alias:
            guard let known = anchors[event.text] else { throw error("unknown alias '\(event.text)'", event) }
            try count(known.cost, event)
            return known.value
        case .scalar: value = try scalar(event)
        case .sequence: value = try sequence(parser, path: path, depth: depth)
        case .mapping: value = try mapping(parser, path: path, depth: depth)
        default: throw error("unexpected end of the document", event)
        }
        if let anchor = event.anchor { anchors[anchor] = (value, nodes - before) }
        return value
    }

    private mutating func sequence(_ parser: UnsafeMutablePointer<yaml_parser_t>, path: String?, depth: Int)
        throws(YAMLError) -> JSONValue
    {
        var items: [JSONValue] = []
        while true {
            let event = try next(parser)
            if event.kind == .sequenceEnd { return .array(items) }
            items.append(try node(event, parser, path: self.path(path, "[\(items.count)]"), depth: depth + 1))
        }
    }

    private mutating func mapping(_ parser: UnsafeMutablePointer<yaml_parser_t>, path: String?, depth: Int)
        throws(YAMLError) -> JSONValue
    {
        var object = JSONObject()
        var merged: [JSONObject] = []
        while true {
            let event = try next(parser)
            if event.kind == .mappingEnd { break }
            guard event.kind == .scalar else { throw error("a key must be a scalar", event) }
            try count(1, event)
            let key = try key(event)
            let child = self.path(path, path?.isEmpty == false ? "." + key : key)
            let value = try node(try next(parser), parser, path: child, depth: depth + 1)
            if key == "<<", event.isPlain {
                merged += try mergeSources(value, event)
            } else if object[key] != nil {
                throw error("key \"\(key)\" is already set in this mapping", event)
            } else {
                object[key] = value
            }
        }
        for source in merged {
            for entry in source where object[entry.key] == nil { object[entry.key] = entry.value }
        }
        return .object(object)
    }

    private func mergeSources(_ value: JSONValue, _ event: Event) throws(YAMLError) -> [JSONObject] {
        if let object = value.object { return [object] }
        if let items = value.array, case let objects = items.compactMap(\.object), objects.count == items.count {
            return objects
        }
        throw error("'<<' needs a mapping or a list of mappings", event)
    }

    /// A key that means a number or truth value is the text of what it means, as for kubectl: `on` is "true".
    private func key(_ event: Event) throws(YAMLError) -> String {
        let value = try scalar(event)
        switch value {
        case .string(let text): return text
        case .bool, .integer, .number: return value.text
        default: throw error("a key must be a text, a number or a truth value", event)
        }
    }

    private func scalar(_ event: Event) throws(YAMLError) -> JSONValue {
        switch event.tag {
        case nil: return event.isPlain ? YAMLScalar.resolve(event.text) : .string(event.text)
        case "tag:yaml.org,2002:str", "!": return .string(event.text)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return YAMLScalar.resolve(event.text)
        case let tag?: throw error("tag \(tag) is not supported", event)
        }
    }

    private mutating func count(_ cost: Int, _ event: Event) throws(YAMLError) {
        nodes += cost
        guard nodes <= limits.nodes else {
            throw error("more than \(limits.nodes) nodes after expanding aliases", event)
        }
    }

    private func error(_ message: String, _ event: Event) -> YAMLError {
        YAMLError(message: message, line: event.line, column: event.column)
    }

    private func next(_ parser: UnsafeMutablePointer<yaml_parser_t>) throws(YAMLError) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw Self.failure(parser.pointee) }
        defer { yaml_event_delete(&raw) }
        let line = Int(raw.start_mark.line) + 1
        let column = Int(raw.start_mark.column) + 1
        switch raw.type {
        case YAML_STREAM_END_EVENT: return Event(kind: .streamEnd, line: line, column: column)
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, line: line, column: column)
        case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, line: line, column: column)
        case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, line: line, column: column)
        case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, line: line, column: column)
        case YAML_ALIAS_EVENT:
            return Event(kind: .alias, text: Self.text(raw.data.alias.anchor) ?? "", line: line, column: column)
        case YAML_SEQUENCE_START_EVENT:
            let anchor = Self.text(raw.data.sequence_start.anchor)
            return Event(kind: .sequence, anchor: anchor, line: line, column: column)
        case YAML_MAPPING_START_EVENT:
            let anchor = Self.text(raw.data.mapping_start.anchor)
            return Event(kind: .mapping, anchor: anchor, line: line, column: column)
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return Event(
                kind: .scalar, text: String(decoding: bytes, as: UTF8.self), anchor: Self.text(scalar.anchor),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, tag: Self.text(scalar.tag), line: line, column: column
            )
        default: return Event(kind: .other, line: line, column: column)
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private static func failure(_ parser: yaml_parser_t) -> YAMLError {
        let problem = parser.problem.map { String(cString: $0) } ?? "cannot be parsed"
        let context = parser.context.map { " (" + String(cString: $0) + ")" } ?? ""
        let isReader = parser.error == YAML_READER_ERROR
        return YAMLError(
            message: problem + context,
            line: isReader ? 1 : Int(parser.problem_mark.line) + 1,
            column: isReader ? Int(parser.problem_offset) + 1 : Int(parser.problem_mark.column) + 1)
    }
}
