"""Chapter 2, naive: a head is taken apart with the methods of `str`. Each of them is too kind."""


def parse_head(head):
    """Return method, target and fields; the names of the fields are in small letters."""
    lines = head.decode("latin-1").strip().splitlines()
    method, target = lines[0].split()[:2]
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return method, target, fields


if __name__ == "__main__":
    print(parse_head(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rSmuggled: 1"))
