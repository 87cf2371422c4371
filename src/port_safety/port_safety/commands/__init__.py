"""What a robot can be commanded with: one file a type, all of them meeting `command.Command`."""
