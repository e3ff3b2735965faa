"""Drives the simulated panel with the OnApp driver of apache-libcloud: a client that nobody here wrote.

Usage: libcloud_client.py URL LOGIN PASSWORD. Lists, creates and destroys a node and lists images; exits non-zero with the
failed promise when something is not as the driver expects it.
"""

import json
import sys
import urllib.request
from urllib.parse import urlsplit

from libcloud.common.exceptions import BaseHTTPError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import Provider


def control(url, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + "/_sim/" + path, data=data)) as answer:
        return json.load(answer)


def main(url, login, password):
    parts = urlsplit(url)
    driver = get_driver(Provider.ONAPP)(login, password, secure=False, host=parts.hostname, port=parts.port)

    assert driver.list_nodes() == [], "a fresh panel has no nodes"
    images = driver.list_images()
    assert [image.name for image in images][:1] == ["Debian 12 x64"], images
    image = images[0]
    assert image.extra["min_disk_size"] == 5 and image.extra["allowed_swap"] is True, image.extra

    node = driver.create_node(
        name="from-libcloud",
        ex_memory=512,
        ex_cpus=1,
        ex_cpu_shares=50,
        ex_hostname="from-libcloud",
        ex_template_id=image.id,
        ex_primary_disk_size=10,
        ex_swap_disk_size=1,
        ex_note="made by libcloud",
    )
    assert node.name == "from-libcloud" and len(node.id) == 14, node
    assert node.public_ips + node.private_ips == ["198.18.0.2"], node
    assert node.extra["memory"] == 512 and node.extra["locked"] is True, node.extra

    control(url, "clock", {"advance_seconds": 180})
    nodes = driver.list_nodes()
    assert [n.id for n in nodes] == [node.id], nodes
    assert nodes[0].extra["built"] is True and nodes[0].extra["booted"] is True, nodes[0].extra
    assert nodes[0].extra["note"] == "made by libcloud", nodes[0].extra

    assert driver.destroy_node(nodes[0]) is True
    control(url, "clock", {"advance_seconds": 60})
    assert driver.list_nodes() == [], "the destroyed node is gone"
    truth = control(url, "state")["vms"]
    assert len(truth) == 1 and truth[0]["deleted_at"] is not None, truth

    try:
        driver.create_node("", 1, 1, 1, "", 99, 1, 0)
    except BaseHTTPError as refused:  # its message is the decoded body, as the panel sent it
        assert refused.code == 422 and "template" in json.dumps(refused.message).lower(), refused.message
    else:
        raise AssertionError("a wrong order was accepted")


if __name__ == "__main__":
    main(*sys.argv[1:4])
    print("ok")
