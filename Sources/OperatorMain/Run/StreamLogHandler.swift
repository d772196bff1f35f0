import Glibc
import KubeModel
import Logging

/// One line per message on standard error, as text for people or JSON for machines.
struct StreamLogHandler: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let format: LogFormat

    init(label: String, level: Logger.Level, format: LogFormat) {
        self.label = label
        logLevel = level
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = Timestamp.now()
        let line: String
        switch format {
        case .text:
            let details = all.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
            line = "\(time) \(event.level.rawValue.uppercased()) \(event.message)\(details)"
        case .json:
            var object: JSONObject = [
                "ts": .string(time.description), "level": .string(event.level.rawValue), "logger": .string(label),
                "msg": .string("\(event.message)"),
            ]
            for (key, value) in all { object[key] = .string("\(value)") }
            line = JSONValue.object(object).text
        }
        try? Files.write(line + "\n", to: STDERR_FILENO)
    }

    private static func quoted(_ text: String) -> String {
        text.contains(where: { $0 == " " || $0 == "\"" || $0.isNewline }) || text.isEmpty
            ? JSONValue.string(text).text : text
    }
}
