"""A session's folder of evidence, sealed: a BagIt bag with an RO-Crate inside, signed with SSH keys. No ROS in here."""
