#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the samples in each format for programs as such a program does, and checks what the formats' definitions ask for.

  check_formats.py WRITE_SAMPLES      exit code 0 good, 1 not
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SEMVER = re.compile(r"\d+\.\d+\.\d+$")


def require(holds, what):
    if not holds:
        raise ValueError(what)


def check_location(location):
    require(set(location) <= {"id", "physicalLocation", "logicalLocations", "message"}, f"members of a location: {location}")
    physical = location.get("physicalLocation")
    if physical:
        uri = physical["artifactLocation"]["uri"]
        require(re.fullmatch(r"(file:///)?[\w.~%/-]+", uri), f"uri {uri}")
        region = physical.get("region", {})
        require(region.get("startLine", 1) >= 1 and region.get("startColumn", 1) >= 1, f"region {region}")
        require(region.get("endColumn", 9**9) >= region.get("startColumn", 1), f"region {region}")


def check_flows(flows):
    require(len(flows) in (2, 3) and len(flows[0]["threadFlows"]) == 1, "one flow of all threads first, then one with a flow a thread")
    require(len(flows) == 2 or len(flows[2]["threadFlows"]) == 1, "the way of an execution is one flow")
    merged = flows[0]["threadFlows"][0]["locations"]
    single = [step for flow in flows[1]["threadFlows"] for step in flow["locations"]]
    require(len(merged) == len(single), "both flows have every step")
    way = [step for flow in flows[2:] for step in flow["threadFlows"][0]["locations"]]
    require(len(flows) == 2 or way, "a way has steps")
    for step in merged + single + way:
        check_location(step["location"])
        require(step["location"]["message"]["text"] and step["executionOrder"] >= 1, f"a step: {step}")


def check_sarif(text):
    log = json.loads(text)
    require(log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json"), "version")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    require(SEMVER.match(driver["semanticVersion"]), "semanticVersion")
    rules = driver["rules"]
    for rule in rules:
        require(rule["help"]["text"] and rule["fullDescription"]["text"] and rule["shortDescription"]["text"], f"rule {rule['id']}")
    for result in run["results"]:
        require(rules[result["ruleIndex"]]["id"] == result["ruleId"], "ruleIndex")
        require(result["level"] in ("error", "warning") and result["message"]["text"], "level and message")
        require(len(result.get("locations", [])) <= 1, "code scanning takes one location")
        for location in result.get("locations", []) + result.get("relatedLocations", []):
            check_location(location)
        ids = [location["id"] for location in result.get("relatedLocations", [])]
        require(len(set(ids)) == len(ids), "ids of related locations")
        for stack in result.get("stacks", []):
            require(stack["message"]["text"] and isinstance(stack["frames"], list), "a stack has a message, or viewers leave it out")
        if "codeFlows" in result:
            check_flows(result["codeFlows"])
        for graph in result.get("graphs", []):
            nodes = {node["id"] for node in graph["nodes"]}
            for edge in graph["edges"]:
                require({edge["sourceNodeId"], edge["targetNodeId"]} <= nodes, "an edge between nodes")
        require(result.get("baselineState", "new") in ("new", "unchanged", "updated", "absent"), "baselineState")


def check_junit(text):
    root = xml.etree.ElementTree.fromstring(text)
    suite = root[0]
    cases = suite.findall("testcase")
    for member, path in (("tests", "testcase"), ("failures", "testcase/failure"), ("errors", "testcase/error"),
                         ("skipped", "testcase/skipped")):
        require(int(suite.get(member)) == len(suite.findall(path)) == int(root.get(member)), f"count of {member}")
    require(all(case.get("name") and case.get("classname") for case in cases), "names")


def check_trace(text):
    for event in json.loads(text)["traceEvents"]:
        require(event["ph"] in "MXbe" and isinstance(event["pid"], int) and isinstance(event["tid"], int), f"event {event}")
        require(event["ph"] == "M" or event["ts"] >= 0, f"time of {event}")
        require(event["ph"] != "X" or event["dur"] > 0, f"length of {event}")
        require(event["ph"] not in "be" or event["id"], f"id of {event}")


def check_dot(text):
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "S", text)
    require(bare.count("{") == bare.count("}") and bare.count("[") == bare.count("]") and '"' not in bare, "brackets and quotes")
    for line in bare.splitlines()[2:-1]:
        require(re.fullmatch(r"\s*(subgraph cluster_\d+ \{|label=S;|S \[label=S\];|S -> S \[label=S(, style=\w+)?\];|\})", line), line)


def check_github(text):
    lines = text.splitlines()
    require(len(lines) <= 30, "how many")
    for line in lines:
        require(re.fullmatch(r"::(error|warning|notice)( [a-zA-Z]+=[^:,]*(,[a-zA-Z]+=[^:,]*)*)?::.*", line), line)


CHECKS = {".sarif": check_sarif, ".junit.xml": check_junit, ".trace.json": check_trace, ".locks.dot": check_dot,
          ".annotations.txt": check_github}
BROKEN = {
    ".sarif": lambda text: text.replace('"version":"2.1.0"', '"version":"2.0.0"'),
    ".junit.xml": lambda text: text.replace("</testcase>", "", 1),
    ".trace.json": lambda text: text.replace('"ph":"X"', '"ph":"Q"', 1),
    ".locks.dot": lambda text: text.replace('"', "", 1),
    ".annotations.txt": lambda text: text + "forged\n",
}


def main():
    bad = checked = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        for suffix, check in CHECKS.items():
            for file in sorted(pathlib.Path(folder).glob(f"*{suffix}")):
                checked += 1
                try:
                    check(file.read_text(encoding="utf-8"))
                except (ValueError, KeyError, SyntaxError) as error:
                    print(f"{file.name}: {error!r}")
                    bad += 1
            broken = BROKEN[suffix]((pathlib.Path(folder) / f"mixed{suffix}").read_text(encoding="utf-8"))
            try:
                check(broken)
                print(f"a broken {suffix} is accepted")
                bad += 1
            except (ValueError, KeyError, SyntaxError):
                pass
    print(f"{checked} files checked, {bad} problems")
    return 1 if bad or checked < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
