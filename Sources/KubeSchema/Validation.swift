import KubeModel

extension StructuralSchema {
    /// Everything the API server would refuse in the object, schema first. Rules are judged unless a failure of the
    /// schema makes them meaningless, and `oldSelf` rules only on an update.
    package func violations(_ value: JSONValue, old: JSONValue? = nil) -> [Violation] {
        var found: [Violation] = []
        check(value, "", &found)
        if found.contains(where: \.blocksRules) {
            found.append(.rulesNotChecked)
        } else {
            checkRules(value, old, "", &found)
        }
        return found
    }

    private func check(_ value: JSONValue, _ path: String, _ found: inout [Violation]) {
        if value.isNull {
            if !isNullable, type != nil { found.append(.type(path, expected: type ?? "object", found: value)) }
            return
        }
        if isIntOrString {
            if value.integer == nil, value.string == nil {
                found.append(.type(path, expected: "integer,string", found: value))
            }
        } else if let type, !hasType(value, type) {
            found.append(.type(path, expected: type, found: value))
            return
        }
        if let values, !values.contains(value) { found.append(.unsupported(path, value, values)) }
        switch value {
        case .string(let text): check(text, path, &found)
        case .integer, .number: checkRange(value, path, &found)
        case .array(let items): check(items, path, &found)
        case .object(let object): check(object, path, &found)
        default: break
        }
    }

    private func hasType(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "integer": value.integer != nil
        case "number": value.double != nil
        default: value.typeName == type
        }
    }

    private func check(_ text: String, _ path: String, _ found: inout [Violation]) {
        let length = Int64(text.unicodeScalars.count)
        if let limit = limits.maxLength, length > limit { found.append(.tooLong(path, limit: limit)) }
        if let limit = limits.minLength, length < limit {
            found.append(.body(path, .string(text), "should be at least \(limit) chars long"))
        }
        if let pattern, (try? Pattern(pattern).isFound(in: text)) == false {
            found.append(.body(path, .string(text), "should match '\(pattern)'"))
        }
        if format == "date-time", !isDateTime(text) {
            found.append(.body(path, .string(text), "must be of type date-time: \(JSONValue.string(text).text)"))
        }
    }

    private func isDateTime(_ text: String) -> Bool {
        (try? Pattern(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
        ).isFound(in: text)) ?? false
    }

    private func checkRange(_ value: JSONValue, _ path: String, _ found: inout [Violation]) {
        guard let number = value.double else { return }
        if let limit = limits.minimum, number < limit {
            found.append(.body(path, value, "should be greater than or equal to \(JSONValue.number(limit).text)"))
        }
        if let limit = limits.maximum, number > limit {
            found.append(.body(path, value, "should be less than or equal to \(JSONValue.number(limit).text)"))
        }
    }

    private func check(_ list: [JSONValue], _ path: String, _ found: inout [Violation]) {
        if let limit = limits.maxItems, list.count > limit {
            found.append(.tooMany(path, count: list.count, limit: limit))
        }
        if let limit = limits.minItems, list.count < limit {
            found.append(.body(path, .integer(Int64(list.count)), "should have at least \(limit) items"))
        }
        var seen: Set<JSONValue> = []
        for (index, item) in list.enumerated() {
            items?.schema.check(item, "\(path)[\(index)]", &found)
            guard let identity = identity(item) else { continue }
            if !seen.insert(identity).inserted { found.append(.duplicate("\(path)[\(index)]", identity)) }
        }
    }

    /// What makes an item unique in a list of type set or map.
    private func identity(_ item: JSONValue) -> JSONValue? {
        switch listType {
        case "set": item
        case "map":
            .object(JSONObject(listKeys.map { ($0, item[$0] ?? items?.schema.properties[$0]?.defaultValue ?? .null) }))
        default: nil
        }
    }

    private func check(_ object: JSONObject, _ path: String, _ found: inout [Violation]) {
        for name in required where object[name] == nil || object[name] == .null {
            found.append(.required(path.isEmpty ? name : "\(path).\(name)"))
        }
        if let limit = limits.maxProperties, object.count > limit {
            found.append(.tooMany(path, count: object.count, limit: limit))
        }
        for entry in object.sorted {
            guard let schema = properties[entry.key] ?? additional?.schema else { continue }
            if entry.value.isNull, required.contains(entry.key) { continue }
            schema.check(entry.value, childPath(path, entry.key), &found)
        }
    }

    private func checkRules(_ value: JSONValue, _ old: JSONValue?, _ path: String, _ found: inout [Violation]) {
        for rule in rules where !rule.usesOldValue || old != nil {
            var variables = ["self": CELValue(value)]
            if let old { variables["oldSelf"] = CELValue(old) }
            do throws(CELError) {
                if try CELEvaluator(variables: variables).isTrue(rule.expression) { continue }
                found.append(.rule(path + rule.fieldPath, rule.message))
            } catch {
                found.append(.rule(path, "\(rule.message) (\(error.message))"))
            }
        }
        switch value {
        case .array(let list):
            for (index, item) in list.enumerated() {
                items?.schema.checkRules(item, nil, "\(path)[\(index)]", &found)
            }
        case .object(let object):
            for entry in object.sorted {
                guard let schema = properties[entry.key] ?? additional?.schema else { continue }
                schema.checkRules(entry.value, old?[entry.key], childPath(path, entry.key), &found)
            }
        default: break
        }
    }

    private func childPath(_ path: String, _ key: String) -> String {
        if additional != nil, properties[key] == nil { return "\(path)[\(key)]" }
        return path.isEmpty ? key : "\(path).\(key)"
    }
}
